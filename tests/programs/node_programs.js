// node_programs.js serve ADDRESS FILE: HTTP on 8000 (GET: the file, PUT /sum: the hash of the body), echo on 8001.
// node_programs.js load ADDRESS FILE: in the main thread and in three workers at once, each with keep-alive HTTP, uploads and echo.
const crypto = require('crypto'), fs = require('fs'), http = require('http'), net = require('net');
const {Worker, isMainThread, workerData} = require('worker_threads');
const [role, address, file] = isMainThread ? process.argv.slice(2) : workerData;
const sum = (octets) => crypto.createHash('sha256').update(octets).digest('hex');

function serve() {
  http.createServer((request, response) => {
    if (request.method === 'GET') return fs.createReadStream(file).pipe(response);
    const hash = crypto.createHash('sha256');
    request.on('data', (octets) => hash.update(octets)).on('end', () => response.end(hash.digest('hex')));
  }).listen(8000, address);
  net.createServer({allowHalfOpen: true}, (connection) => connection.pipe(connection)).listen(8001, address);
}

const gathered = (stream) => new Promise((done, failed) => {
  const pieces = [];
  stream.on('data', (piece) => pieces.push(piece)).on('end', () => done(Buffer.concat(pieces))).on('error', failed);
});

function exchange(agent, method, path, body) {
  return new Promise((done, failed) => http.request({agent, host: address, port: 8000, method, path}, (response) => {
    if (response.statusCode !== 200) failed(new Error(`${method} ${path}: status ${response.statusCode}`));
    gathered(response).then(done, failed);
  }).on('error', failed).end(body));
}

function echo(octets) {
  const connection = net.connect(8001, address);
  connection.end(octets);
  return gathered(connection);
}

async function load() {
  const octets = fs.readFileSync(file), expected = sum(octets);
  const agent = new http.Agent({keepAlive: true, maxSockets: 2});
  const check = (what, got) => { if (got !== expected) throw new Error(`${what}: ${got}`); };
  for (let round = 0; round < 2; ++round) {
    const [page, told, echoed] = await Promise.all([exchange(agent, 'GET', '/'), exchange(agent, 'PUT', '/sum', octets), echo(octets)]);
    check('GET', sum(page));
    check('PUT', told.toString());
    check('echo', sum(echoed));
  }
  agent.destroy();
}

async function main() {
  if (role === 'serve') return serve();
  const workers = isMainThread ? [1, 2, 3].map(() => new Worker(__filename, {workerData: [role, address, file]})) : [];
  const ends = workers.map((worker) => new Promise((done, failed) => worker.on('exit', (code) => code ? failed(new Error(`worker: ${code}`)) : done()).on('error', failed)));
  await load();
  await Promise.all(ends);
  // Nobody listens: refused, not hanging.
  await new Promise((done, failed) => net.connect(8002, address).on('error', (error) => error.code === 'ECONNREFUSED' ? done() : failed(error)));
}

main().catch((error) => { console.error(error); process.exit(1); });
