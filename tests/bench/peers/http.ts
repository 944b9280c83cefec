/**
 * The least that `POST /send` is on this runtime: the body is read and parsed, nothing is checked,
 * nothing stored. Argument: the port.
 *
 * @module
 */
import { createServer } from "node:http";

const ANSWER = JSON.stringify({ success: true });

createServer((request, response) => {
  const chunks: string[] = [];
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => chunks.push(chunk));
  request.on("end", () => {
    JSON.parse(chunks.join(""));
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": ANSWER.length,
    });
    response.end(ANSWER);
  });
}).listen(Number(Deno.args[0]), "127.0.0.1");
