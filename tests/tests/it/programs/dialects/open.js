// Opens PFX files with Node: a line `path TAB password` each; answers with a line each.
const fs = require("node:fs");
const tls = require("node:tls");
for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [path, passphrase] = line.split("\t");
  try {
    tls.createSecureContext({ pfx: fs.readFileSync(path), passphrase });
    console.log("opens");
  } catch (error) {
    console.log(error.message.replaceAll("\n", " ").slice(0, 100));
  }
}
