// The clients graphql-ws and graphql-sse against a server: `node subscribe.mjs URL TOKEN`. Each asks, subscribes to
// customers, makes one, and prints what it was told.
import { createClient as overEvents } from "graphql-sse";
import { createClient as overSocket } from "graphql-ws";
import WebSocket from "ws";

const [url, token] = process.argv.slice(2);
const Authorization = `Bearer ${token}`;
const CHANGED = `subscription($where: CustomerWhere) {
  customerChanged(where: $where) { change { op } customer { name } }
}`;
const MAKE = `mutation($name: String!) { createCustomer(input: { name: $name }) { problems { code } } }`;

const first = async (client, operation) => {
  for await (const answer of client.iterate(operation)) return answer;
};

async function story(client, name) {
  const asked = await first(client, { query: "{ __typename }" });
  const told = first(client, { query: CHANGED, variables: { where: { name: { eq: name } } } });
  for (let turn = 0; turn < 2; turn += 1) await first(client, { query: "{ customers { totalCount } }" });
  await first(client, { query: MAKE, variables: { name } });
  const wrong = await first(client, { query: "{ nope }" }).catch((problem) => problem);
  return { asked, told: await told, wrong: JSON.stringify(wrong) };
}

const socket = overSocket({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: { Authorization } });
const events = overEvents({ url, headers: { Authorization } });
const report = { socket: await story(socket, "over a socket"), events: await story(events, "over events") };
await socket.dispose();
events.dispose();
console.log(JSON.stringify(report));
process.exit(0);
