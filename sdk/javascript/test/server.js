import { createServer } from "node:http";

/**
 * Lends a server on a free port that answers with the given handlers, one a request, and remembers what it was asked.
 * A handler is `{ status, headers, body }`, with `bytes` for a body that is no JSON, or `"hang up"`.
 */
export async function withServer(answers, test) {
  const requests = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      });
      const answer = answers[Math.min(requests.length, answers.length) - 1];
      if (answer === "hang up") return request.socket.destroy();
      if (answer === "say nothing") return;
      response.writeHead(answer.status ?? 200, { "Content-Type": "application/json", ...answer.headers });
      if (answer.bytes !== undefined) return response.end(answer.bytes);
      response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await test({ baseUrl: `http://127.0.0.1:${server.address().port}`, requests });
  } finally {
    server.closeAllConnections?.();
    await new Promise((resolve) => server.close(resolve));
  }
}
