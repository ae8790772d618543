// Starts GraphiQL. Where a token is needed, the header editor opens with the line that it belongs into.
(() => {
  const root = document.getElementById("graphiql");
  const needsToken = root.dataset.mode === "with-token";
  const query = `# 客户 customers, with their tier and groups
{
  customers(first: 10, orderBy: [{ field: NAME }]) {
    totalCount
    edges {
      node {
        id
        name
        tier { name }
        groups(first: 5) { edges { node { name } } }
      }
    }
  }
}
`;
  ReactDOM.createRoot(root).render(
    React.createElement(GraphiQL, {
      fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
      defaultQuery: query,
      defaultHeaders: needsToken ? '{\n  "Authorization": "Bearer "\n}' : undefined,
      defaultEditorToolsVisibility: needsToken ? "headers" : undefined,
      shouldPersistHeaders: false,
    }),
  );
})();
