// The Node service of our story: everybody gets the whole list, whenever anybody comes or goes.
import { createServer } from "node:http"
import { Server } from "socket.io"

const http = createServer((_request, response) => response.end("ok"))
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false })
const online = new Map()
const tell = () => io.emit("online_users", [...online.values()])

io.on("connection", socket => {
  const id = socket.handshake.query.user
  online.set(socket.id, { id, name: `Person ${id}`, joined_at: Date.now() })
  tell()
  socket.on("disconnect", () => {
    online.delete(socket.id)
    tell()
  })
})

http.listen(Number(process.argv[2]), "127.0.0.1")
