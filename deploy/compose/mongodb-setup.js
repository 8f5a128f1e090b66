// Run by mongosh beside an empty or an old MongoDB, as often as one likes: makes the one-member replica set, the
// administrator, and one user per service who may use that service's database, and the blobs as far as it needs them.
// Until the first user exists, MongoDB lets a connection over loopback do this without a password.

const must = (name) => {
  if (!process.env[name]) throw new Error(`${name} is not set`);
  return process.env[name];
};
const member = must("MONGODB_MEMBER");
const admin = connect(`mongodb://127.0.0.1:${must("MONGODB_PORT")}/admin?directConnection=true`);
const root = () => ({ user: "root", pwd: must("MONGODB_ROOT_PASSWORD") }); // afresh: mongosh writes into its arguments
const USER_NOT_FOUND = 11, AUTHENTICATION_FAILED = 18, ALREADY_INITIALIZED = 23, UNAUTHORIZED = 13;

const authenticated = () => {
  try {
    admin.auth(root());
    return true;
  } catch (error) {
    if (![USER_NOT_FOUND, AUTHENTICATION_FAILED].includes(error.code)) throw error;
    return false;
  }
};

const initiate = () => {
  try {
    admin.adminCommand({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: member }] } });
  } catch (error) {
    if (error.code === UNAUTHORIZED) throw new Error("MongoDB has users, and MONGODB_ROOT_PASSWORD is not root's password");
    if (error.code !== ALREADY_INITIALIZED) throw error;
  }
};

const waitUntilPrimary = (seconds) => {
  for (const deadline = Date.now() + seconds * 1000; !admin.hello().isWritablePrimary; sleep(200)) {
    if (Date.now() > deadline) throw new Error(`no primary within ${seconds} s`);
  }
};

// getParameter (in clusterMonitor) lets a service check transactionLifetimeLimitSeconds before it says it is ready.
const keepUser = ([service, blobs]) => {
  const database = `sportello_${service}`;
  const user = {
    pwd: must(`MONGODB_${service.toUpperCase()}_PASSWORD`),
    roles: [
      { role: "readWrite", db: database }, { role: "dbAdmin", db: database }, { role: "clusterMonitor", db: "admin" },
      { role: blobs, db: "sportello_blobs" },
    ],
  };
  if (admin.getUser(service)) admin.updateUser(service, user);
  else admin.createUser({ user: service, ...user });
};

if (!authenticated()) {
  initiate();
  waitUntilPrimary(60);
  if (!authenticated()) {
    admin.createUser({ ...root(), roles: ["root"] });
    admin.auth(root());
  }
}
waitUntilPrimary(60);
// Customers' files come in through the gateway and the mail collector, agents' through the desk; the notifier adds the
// cards it makes.
const services = {
  ticket_service: "readWrite", webhook_gateway: "readWrite", notifier: "readWrite", mail_collector: "readWrite",
};
Object.entries(services).forEach(keepUser);
print(`MongoDB is ready: replica set rs0, users ${Object.keys(services).join(", ")}`);
