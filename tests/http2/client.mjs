// Node's client: three requests at once, one of them an extended CONNECT. Prints what came, as JSON.
import http2 from "node:http2";

const session = http2.connect(process.argv[2]);
const fail = (error) => {
  console.error(error);
  process.exit(1);
};
session.on("error", fail);

const read = (fields, body) =>
  new Promise((resolve) => {
    const stream = session.request(fields, { endStream: body === undefined && fields[":method"] !== "CONNECT" });
    const found = { body: "" };
    stream.setEncoding("utf8");
    stream.on("error", fail);
    stream.on("response", (head) => (found.status = head[":status"]));
    stream.on("trailers", (trailers) => (found.trailer = trailers["x-after"]));
    stream.on("data", (piece) => (found.body += piece));
    stream.on("end", () => resolve(found));
    if (body !== undefined) stream.end(body);
  });

session.on("remoteSettings", async (settings) => {
  const answers = await Promise.all([
    read({ ":path": "/a" }),
    read({ ":path": "/b", ":method": "POST" }, "x".repeat(300000)),
    read({ ":path": "/c", ":method": "CONNECT", ":protocol": "websocket" }, "hello"),
  ]);
  console.log(JSON.stringify({ connects: settings.enableConnectProtocol, answers }));
  session.close();
});
