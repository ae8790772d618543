// `npm start URL TOKEN [by-hash]`: makes a customer, pages through all of them, and shows what a refused edit looks like.
import { Client } from "./client.js";
import { graphql } from "./gql/index.js";

const AddCustomer = graphql(`
  mutation AddCustomer($input: CustomerInput!) {
    createCustomer(input: $input) {
      customer {
        id
        version
        name
      }
      problems {
        code
        path
        message
      }
    }
  }
`);

const Customers = graphql(`
  query Customers($first: Int!, $after: String) {
    customers(first: $first, after: $after, orderBy: [{ field: NAME }]) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          name
          tier {
            name
          }
        }
      }
    }
  }
`);

const page = (client: Client, after: string | null) => client.ask(Customers, { first: 2, after });

async function* everyone(client: Client) {
  let after: string | null = null;
  do {
    const { customers }: Awaited<ReturnType<typeof page>> = await page(client, after);
    for (const edge of customers.edges) yield edge.node;
    after = (customers.pageInfo.hasNextPage && customers.pageInfo.endCursor) || null;
  } while (after);
}

const [url = "http://127.0.0.1:8000/graphql", token = "", way = ""] = process.argv.slice(2);
const client = new Client(url, token, way === "by-hash");

for (const name of ["Example One", "Example Two", "Example Three"]) {
  await client.ask(AddCustomer, { input: { name } });
}
const refused = await client.ask(AddCustomer, { input: { name: "Example Four", phone: "not a number" } });
for (const problem of refused.createCustomer.problems) console.log(problem.code, problem.path.join("."));
for await (const customer of everyone(client)) console.log(customer.name, customer.tier?.name ?? "-");
