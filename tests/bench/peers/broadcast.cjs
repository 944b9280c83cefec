/**
 * A chat server as one would write it first: whatever somebody says goes to everybody else.
 * Usage: node broadcast.cjs PORT
 */
const { WebSocket, WebSocketServer } = require("ws");

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });

server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (text, isBinary) => {
    for (const other of server.clients) {
      if (other !== socket && other.readyState === WebSocket.OPEN) {
        other.send(text, { binary: isBinary });
      }
    }
  });
});
