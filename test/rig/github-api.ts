// The part of GitHub's REST API that writes comments, on loopback: it keeps what it is told.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly type: string };
  readonly author_association: string;
}

export interface GithubApi extends AsyncDisposable {
  readonly url: string;
  readonly comments: Comment[];
  /** A token that may only read. */
  readOnly: boolean;
}

export async function githubApi(token: string): Promise<GithubApi> {
  const comments: Comment[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401, {});
    if (request.method === "GET" && pathname === "/repos/acme/flows/issues/7/comments") {
      const [page, size] = [Number(searchParams.get("page") ?? 1), Number(searchParams.get("per_page") ?? 30)];
      return answer(200, comments.slice((page - 1) * size, page * size));
    }
    if (api.readOnly) return answer(403, {});
    const { body = "" } = JSON.parse(text) as { body?: string };
    if (body.length > 65_536) return answer(422, {});
    if (request.method === "POST" && pathname === "/repos/acme/flows/issues/7/comments") {
      const comment = { id: comments.length + 1, body, user: { type: "Bot" }, author_association: "NONE" };
      comments.push(comment);
      return answer(201, comment);
    }
    const known = comments.find(({ id }) => pathname === `/repos/acme/flows/issues/comments/${id}`);
    if (request.method !== "PATCH" || known === undefined) return answer(404, {});
    known.body = body;
    return answer(200, known);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const api: GithubApi = {
    url: `http://127.0.0.1:${port}`,
    comments,
    readOnly: false,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return api;
}
