// Loads the contract as plain JavaScript does; names the rpcs that replace a method of the client
// itself, such as close, under their own name or the one in camel case.

const grpc = require('@grpc/grpc-js');
const {loadSync} = require('@grpc/proto-loader');

const [protos, ...includeDirs] = process.argv.slice(2);
const definition = loadSync(protos.split(' '), {includeDirs});
const clients = Object.values(grpc.loadPackageDefinition(definition).polyproc.v1).filter((it) => it.service);
const own = (it) => (it ? [...Object.getOwnPropertyNames(it), ...own(Object.getPrototypeOf(it))] : []);
const clashes = clients.flatMap((client) =>
  own(grpc.Client.prototype)
    .filter((name) => !['constructor', '__proto__'].includes(name) && client.prototype[name] !== grpc.Client.prototype[name])
    .map((name) => `${client.serviceName}.${name}`),
);
if (clients.length === 0) throw new Error('Expected services, but there is none');
if (clashes.length > 0) throw new Error(`Names that the client has itself: ${clashes.join(', ')}`);
