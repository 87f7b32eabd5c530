// The Node service that an app would pick instead: what one says on socket.io is broadcast to all others.
import { createServer } from "node:http"
import { Server } from "socket.io"

const http = createServer((_request, response) => response.end("ok"))
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false })
io.on("connection", socket => {
  socket.on("cheer", data => socket.broadcast.emit("cheer", data))
})

http.listen(Number(process.argv[2]), "127.0.0.1")
