// The audits of graphql-http against a server: `node audit.mjs URL TOKEN`. Prints {"MUST": {"ok", "all", "failed"}, ...}.
import { serverAudits } from "graphql-http";

const [url, token] = process.argv.slice(2);
const authorization = `Bearer ${token}`;
const fetchFn = (address, init = {}) => fetch(address, { ...init, headers: { ...init.headers, authorization } });
const counts = {};
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  const kind = audit.name.split(" ")[0];
  const count = (counts[kind] ??= { ok: 0, all: 0, failed: [] });
  count.all += 1;
  if (result.status === "ok") count.ok += 1;
  else count.failed.push(`${audit.id}: ${audit.name}: ${result.reason}`);
}
console.log(JSON.stringify(counts));
