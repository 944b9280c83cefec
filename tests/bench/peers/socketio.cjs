/**
 * The same with Socket.IO and its rooms.
 * Usage: node socketio.cjs PORT
 */
const { createServer } = require("node:http");
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  socket.join("lobby");
  socket.on("say", (text) => socket.to("lobby").emit("said", text));
});

http.listen(Number(process.argv[2]), "127.0.0.1");
