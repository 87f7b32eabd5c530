// A consumer that behaves as the stock one does where presence_rs looks, without a network: a test plays the server.
const [CONNECTING, OPEN, CLOSED] = [0, 1, 3]

class FakeSocket extends EventTarget {
  readyState = CONNECTING
  close() { this.readyState = CLOSED }
}

class FakeConnection {
  webSocket = undefined
  stopped = true
  opened = 0
  reopened = 0
  monitor = { isRunning: () => !this.stopped }
  #cable

  constructor(cable) { this.#cable = cable }

  isOpen() { return this.webSocket?.readyState === OPEN }
  isActive() { return this.webSocket !== undefined && this.webSocket.readyState !== CLOSED }
  uninstallEventHandlers() {}

  open() {
    if (this.isActive()) return false
    this.webSocket = new FakeSocket()
    this.stopped = false
    this.opened += 1
    return true
  }

  reopen() {
    this.reopened += 1
    if (this.isOpen()) this.#cable.drop()
    this.open()
  }

  close({ allowReconnect } = { allowReconnect: true }) {
    if (!allowReconnect) this.stopped = true
    if (this.isOpen()) this.#cable.drop()
  }
}

export class FakeCable {
  // All that reached the server: { command, identifier } or { identifier, action, ...data }.
  commands = []
  connection = new FakeConnection(this)
  // Called with each command as it reaches the server.
  serve = () => {}
  confirms = true

  constructor() {
    const cable = this
    this.subscriptions = {
      all: [],
      create(params, mixin) {
        const identifier = JSON.stringify(typeof params === "string" ? { channel: params } : params)
        const subscription = {
          consumer: cable,
          identifier,
          perform: (action, data = {}) => cable.send({ command: "message", identifier, data: JSON.stringify({ ...data, action }) }),
          unsubscribe() { cable.subscriptions.remove(this) },
          ...mixin
        }
        this.all.push(subscription)
        if (!cable.connection.isActive()) cable.connection.open()
        this.subscribe(subscription)
        return subscription
      },
      subscribe({ identifier }) { return cable.send({ command: "subscribe", identifier }) },
      remove(subscription) {
        this.all = this.all.filter(other => other !== subscription)
        if (!this.of(subscription.identifier).length) cable.send({ command: "unsubscribe", identifier: subscription.identifier })
      },
      of(identifier) { return this.all.filter(subscription => subscription.identifier === identifier) }
    }
  }

  send({ command, identifier, data }) {
    if (!this.connection.isOpen()) return false

    const entry = command === "message" ? { identifier, ...JSON.parse(data) } : { command, identifier }
    this.commands.push(entry)
    this.serve(entry)
    if (command === "subscribe" && this.confirms) this.confirm(identifier)
    return true
  }

  // The data of each such action.
  actions(name) {
    return this.commands.filter(command => command.action === name).map(({ identifier, action, ...data }) => data)
  }

  counts(...names) {
    return names.map(name => this.actions(name).length)
  }

  // --- what the server and the network do ---

  welcome() {
    this.connection.webSocket.readyState = OPEN
    for (const subscription of this.subscriptions.all) this.subscriptions.subscribe(subscription)
  }

  confirm(identifier) {
    this.#notify(identifier, "connected", {})
    this.#heard()
  }

  reject(identifier) {
    const rejected = this.subscriptions.of(identifier)
    this.subscriptions.all = this.subscriptions.all.filter(subscription => !rejected.includes(subscription))
    for (const subscription of rejected) subscription.rejected?.()
    this.#heard()
  }

  message(identifier, message) {
    this.#notify(identifier, "received", typeof message === "object" && message !== null ? structuredClone(message) : message)
    this.#heard()
  }

  ping() {
    this.#heard()
  }

  drop() {
    this.connection.webSocket.readyState = CLOSED
    for (const subscription of this.subscriptions.all) subscription.disconnected?.({ willAttemptReconnect: !this.connection.stopped })
    this.connection.webSocket.dispatchEvent(new Event("close"))
  }

  // A socket that never opened is told to nobody: the stock client knows itself disconnected already.
  fail() {
    this.connection.webSocket.readyState = CLOSED
    this.connection.webSocket.dispatchEvent(new Event("close"))
  }

  #notify(identifier, callback, value) {
    for (const subscription of this.subscriptions.of(identifier)) subscription[callback]?.(value)
  }

  #heard() {
    this.connection.webSocket.dispatchEvent(new Event("message"))
  }
}
