// Lets `http`, `https` and `fetch` of Node 18 to 23 use HTTPS_PROXY and HTTP_PROXY, which Node itself knows from version 24 on
// (NODE_USE_ENV_PROXY). Loaded by NODE_OPTIONS, before the program: not a line of it changes.
"use strict";
const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const tls = require("node:tls");

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

function proxyFor(host, secure) {
  const url = process.env[secure ? "HTTPS_PROXY" : "HTTP_PROXY"];
  return url && !LOCAL.test(host) ? new URL(url) : undefined;
}

// Calls back with a socket that leads through the proxy to host:port.
function tunnel(proxy, host, port, done) {
  const socket = net.connect({ host: proxy.hostname, port: Number(proxy.port), allowHalfOpen: true });
  const where = `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
  const user = proxy.username ? `Proxy-Authorization: Basic ${btoa(`${proxy.username}:`)}\r\n` : "";
  let head = "";
  const fail = (error) => (socket.destroy(), done(error));
  socket.once("error", fail);
  socket.once("connect", () => socket.write(`CONNECT ${where} HTTP/1.1\r\nHost: ${where}\r\n${user}\r\n`));
  // Not "data": a socket that has flowed would have to be resumed by its next user.
  socket.on("readable", function read() {
    for (let data; (data = socket.read()) !== null; ) head += data.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    socket.off("readable", read).off("error", fail);
    const [, status, reason] = /^HTTP\/1\.1 (\d+) ?(.*)\r\n/.exec(head) ?? [];
    if (status === "200") done(null, socket);
    else fail(new Error(`the proxy refused ${where}: ${status} ${reason}`));
  });
}

function throughProxy(secure, direct) {
  return function createConnection(options, done) {
    const host = options?.host ?? options?.hostname;
    const proxy = typeof options === "object" && !options.socketPath && host ? proxyFor(host, secure) : undefined;
    if (!proxy || typeof done !== "function") return direct.apply(this, arguments);
    tunnel(proxy, host, options.port ?? (secure ? 443 : 80), (error, socket) => {
      if (error) return done(error);
      done(null, secure ? tls.connect({ servername: net.isIP(host) ? "" : host, ...options, socket }) : socket);
    });
  };
}

// Undici, which is behind fetch, has no public name here. Its agent's class is that of the dispatcher that it sets.
function fetchThroughProxy() {
  const name = Symbol.for("undici.globalDispatcher.1");
  fetch("data:,").catch(() => {});
  const Agent = globalThis[name]?.constructor;
  if (Agent?.name !== "Agent") return;
  function connect(options, done) {
    const secure = options.protocol === "https:";
    const host = options.hostname.replace(/^\[|\]$/g, "");
    const port = Number(options.port) || (secure ? 443 : 80);
    const ready = (error, socket) => {
      if (error) return done(error, null);
      if (!secure) return done(null, socket.setNoDelay(true));
      const over = tls.connect({ host, port, socket, servername: options.servername || host, ALPNProtocols: ["http/1.1"] });
      over.once("secureConnect", () => (over.off("error", done), done(null, over))).once("error", done);
    };
    const proxy = proxyFor(host, secure);
    if (proxy) return tunnel(proxy, host, port, ready);
    const socket = net.connect({ host, port });
    const fail = (error) => ready(error);
    socket.once("error", fail).once("connect", () => (socket.off("error", fail), ready(null, socket)));
  }
  globalThis[name] = new Agent({ connect });
}

if (Number(process.versions.node.split(".")[0]) < 24) {
  http.Agent.prototype.createConnection = throughProxy(false, http.Agent.prototype.createConnection);
  https.Agent.prototype.createConnection = throughProxy(true, https.Agent.prototype.createConnection);
  if (typeof fetch === "function") fetchThroughProxy();
}
