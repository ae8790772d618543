// Starts GraphiQL with a tab for each example. Where a token is needed, the header editor opens with the line that it
// belongs into. Subscriptions are read as a stream of events; everything else is one question and one answer.
(async () => {
  const root = document.getElementById("graphiql");
  const needsToken = root.dataset.mode === "with-token";
  const headers = needsToken ? '{\n  "Authorization": "Bearer "\n}' : undefined;
  const found = await fetch("/graphql/examples");
  const examples = found.ok ? (await found.text()).split(/^# ---\n/m) : [""];

  async function* events(question, given) {
    const response = await fetch("/graphql", {
      method: "POST",
      headers: { ...given, "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify(question),
    });
    if (!response.ok) return yield await response.json();
    let rest = "";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const whole = (rest + part.value).split("\n\n");
        rest = whole.pop();
        for (const event of whole) {
          const [, data] = event.match(/^event: next\ndata: (.*)$/) ?? [];
          if (data) yield JSON.parse(data);
        }
      }
    } finally {
      await reader.cancel();
    }
  }

  const plain = GraphiQL.createFetcher({ url: "/graphql" });
  const isSubscription = (document, name) =>
    document?.definitions.some((one) => one.operation === "subscription" && (!name || one.name?.value === name));
  const fetcher = (question, options) =>
    isSubscription(options?.documentAST, question.operationName)
      ? events(question, options?.headers)
      : plain(question, options);

  ReactDOM.createRoot(root).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: examples.map((query) => ({ query, headers })),
      defaultHeaders: headers,
      defaultEditorToolsVisibility: needsToken ? "headers" : undefined,
      shouldPersistHeaders: false,
    }),
  );
})();
