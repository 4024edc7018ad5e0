// What the npm package ws sees of an echoing server: node websocket_client.js URL. One JSON line of results.
const WebSocket = require('ws');

const socket = new WebSocket(process.argv[2], { perMessageDeflate: { threshold: 0 } });
const found = { messages: [] };

socket.on('open', () => {
  found.extensions = socket.extensions;
  socket.send('text');
  socket.send(Buffer.from([0, 255, 1]));
  socket.send('frag', { fin: false });
  socket.send('men', { fin: false });
  socket.send('ted', { fin: true });
  socket.send('z'.repeat(300000), { compress: true });
  socket.ping('are you there');
});
socket.on('pong', (data) => { found.pong = data.toString(); });
socket.on('message', (data, isBinary) => {
  found.messages.push(isBinary ? [...data] : data.length > 100 ? data.length : data.toString());
  if (found.messages.length === 4) socket.send('close');
});
socket.on('close', (code, reason) => {
  console.log(JSON.stringify({ ...found, code, reason: reason.toString() }));
});
socket.on('error', (error) => { console.log(JSON.stringify({ error: error.message })); });
