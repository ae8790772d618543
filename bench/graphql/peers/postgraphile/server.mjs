// PostGraphile over the same database, as its makers recommend it for production: `node server.mjs PORT DATABASE_URL`.
// With a third argument, `scoped`, a request sees the rows of the tenant that its header names, by policies.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [port, connectionString, scoped] = process.argv.slice(2);
const context = (request) => ({
  pgSettings: { role: "visitor", "bench.tenant": request.node?.req.headers["x-tenant"] ?? "" },
});
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString, poolConfig: { max: 16 }, schemas: ["public"] })],
  grafast: { explain: false, ...(scoped ? { context } : {}) },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
};
const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(port), "127.0.0.1");
