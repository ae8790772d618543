// Sends typed operations: what comes back has the type that was generated from the schema.
import type { TypedDocumentString } from "./gql/graphql.js";

export interface Problem {
  message: string;
  extensions?: { code?: string };
}

/** The question was not answered. */
export class NotAnswered extends Error {
  constructor(readonly problems: Problem[]) {
    super(problems.map((problem) => problem.message).join("; "));
  }
}

export class Client {
  constructor(
    private readonly url: string,
    private readonly token: string,
    /** Name documents by their hash, for a server that trusts those of src/gql/persisted-documents.json alone. */
    private readonly byHash = false,
  ) {}

  async ask<Answer, Variables>(
    operation: TypedDocumentString<Answer, Variables>,
    ...[variables]: Variables extends Record<string, never> ? [] : [Variables]
  ): Promise<Answer> {
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ ...this.named(operation), variables }),
    });
    const answer = (await response.json()) as { data?: Answer; errors?: Problem[] };
    if (answer.errors || !answer.data) throw new NotAnswered(answer.errors ?? []);
    return answer.data;
  }

  private named<Answer, Variables>(operation: TypedDocumentString<Answer, Variables>) {
    const { hash } = (operation.__meta__ ?? {}) as { hash?: string };
    return this.byHash && hash ? { documentId: `sha256:${hash}` } : { query: operation.toString() };
  }
}
