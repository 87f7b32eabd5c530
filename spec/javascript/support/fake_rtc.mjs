// What a negotiation does with RTCPeerConnection, and no media: its signalling states, its queue of operations, rollback,
// negotiationneeded, and "connected" once both sides have the other's description of one agreement. That real ones do so
// is shown in a browser (spec/system/peers_spec.rb).
export class FakeTrack {
  constructor(kind) {
    this.kind = kind
    this.ended = false
  }

  stop() { this.ended = true }
}

export class FakeStream extends EventTarget {
  constructor(...kinds) {
    super()
    this.tracks = kinds.map(kind => new FakeTrack(kind))
  }

  getTracks() { return [...this.tracks] }
}

// The network between them: which connections there are, by the name in their descriptions.
export class Network {
  connections = new Map()
  // Whether nothing gets through.
  cut = false
  // Whether nobody can answer any more who has taken an offer back, as Chromium where the media differ.
  forgetful = false

  connect = configuration => new FakeConnection(this, configuration)

  get open() {
    return [...this.connections.values()].filter(connection => connection.signalingState !== "closed")
  }

  // What ICE and DTLS would find out.
  check() {
    for (const one of this.open) {
      const other = this.connections.get(one.remote?.name)
      const agreed = other && other.remote?.name === one.name && one.stable && other.stable && one.round === other.round
      if (agreed && !this.cut && one.connectionState !== "connected") one.turn("connected")
    }
  }

  // Every way is closed, and noticed.
  break(state = "disconnected") {
    this.cut = true
    for (const connection of this.open) if (connection.connectionState === "connected") connection.turn(state)
  }

  mend() {
    this.cut = false
  }
}

let names = 0

export class FakeConnection extends EventTarget {
  signalingState = "stable"
  connectionState = "new"
  localDescription = null
  currentRemoteDescription = null
  remote = null
  round = 0
  channel = new EventTarget()
  restarts = 0
  rolledBack = false
  #senders = []
  #queue = Promise.resolve()
  #needed = false
  #busy = 0
  #before = null

  constructor(network, configuration) {
    super()
    this.network = network
    this.configuration = configuration
    this.name = `connection ${++names}`
    network.connections.set(this.name, this)
  }

  get stable() { return this.signalingState === "stable" && this.localDescription !== null && this.remote !== null }

  createDataChannel() {
    this.#need()
    return this.channel
  }

  getSenders() { return [...this.#senders] }

  addTrack(track, stream) {
    const sender = { track, stream, replaceTrack: async next => { sender.track = next } }
    this.#senders.push(sender)
    this.#need()
    return sender
  }

  removeTrack(sender) {
    sender.track = null
    this.#need()
  }

  restartIce() {
    this.restarts += 1
    this.#need()
  }

  setLocalDescription() {
    return this.#queued(() => {
      if (this.signalingState === "have-remote-offer") {
        if (this.network.forgetful && this.rolledBack) throw new DOMException("no transport", "OperationError")
        this.localDescription = { type: "answer", sdp: this.#sdp() }
        this.#state("stable")
      } else {
        this.#before = this.localDescription
        this.round += 1
        this.localDescription = { type: "offer", sdp: this.#sdp() }
        this.#state("have-local-offer")
      }
      this.#needed = false
      this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate: { candidate: `to ${this.name}` } }))
    })
  }

  setRemoteDescription({ type, sdp }) {
    return this.#queued(() => {
      const remote = parse(sdp)
      if (type === "answer" && this.signalingState !== "have-local-offer") throw new DOMException("no offer", "InvalidStateError")
      if (type === "offer" && this.signalingState === "have-local-offer") {
        this.localDescription = this.#before
        this.rolledBack = true
      }
      const streams = new Set(remote.streams)
      this.remote = remote
      this.currentRemoteDescription = { type, sdp }
      if (type === "offer") this.round = remote.round
      this.#state(type === "offer" ? "have-remote-offer" : "stable")
      for (const id of streams) this.#track(id)
    })
  }

  async addIceCandidate({ candidate }) {
    if (!candidate.startsWith("to connection")) throw new DOMException("no candidate", "OperationError")
  }

  close() {
    if (this.signalingState === "closed") return

    this.signalingState = this.connectionState = "closed"
    const other = this.network.connections.get(this.remote?.name)
    if (other?.remote?.name === this.name && !this.network.cut) queueMicrotask(() => other.channel.dispatchEvent(new Event("close")))
  }

  turn(state) {
    this.connectionState = state
    this.dispatchEvent(new Event("connectionstatechange"))
  }

  #seen = new Map()

  #track(id) {
    if (this.#seen.has(id)) return

    this.#seen.set(id, Object.assign(new FakeStream("video"), { id }))
    this.dispatchEvent(Object.assign(new Event("track"), { track: {}, streams: [this.#seen.get(id)] }))
  }

  #state(state) {
    this.signalingState = state
    this.dispatchEvent(new Event("signalingstatechange"))
    if (state === "stable") this.network.check()
  }

  #sdp() {
    const streams = this.#senders.filter(({ track }) => track).map(() => `stream of ${this.name}`)
    return JSON.stringify({ name: this.name, round: this.round, streams })
  }

  #queued(work) {
    this.#busy += 1
    const done = this.#queue.then(() => {
      if (this.signalingState === "closed") throw new DOMException("closed", "InvalidStateError")
      return work()
    })
    this.#queue = done.catch(() => {}).then(() => {
      this.#busy -= 1
      this.#say()
    })
    return done
  }

  #need() {
    this.#needed = true
    queueMicrotask(() => this.#say())
  }

  #say() {
    if (this.#needed && this.#busy === 0 && this.signalingState === "stable") {
      this.#needed = false
      this.dispatchEvent(new Event("negotiationneeded"))
    }
  }
}

function parse(sdp) {
  try {
    return JSON.parse(sdp)
  } catch {
    throw new DOMException("Failed to parse SessionDescription", "OperationError")
  }
}
