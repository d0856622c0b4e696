// The extension: it starts `vrsky lsp` and hands VS Code over to it. Everything it knows is known by the server.

const { spawn } = require("node:child_process");
const { commands, window, workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

async function activate(context) {
  context.subscriptions.push(
    commands.registerCommand("vrsky.restart", async () => {
      await stop();
      await start();
    }),
    commands.registerCommand("vrsky.writeSchemas", writeSchemas),
    workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration("vrsky.command")) return;
      await stop();
      await start();
    }),
  );
  await start();
}

const deactivate = () => stop();

const wordsOfCommand = () => workspace.getConfiguration("vrsky").get("command", ["vrsky"]);

async function start() {
  const [command, ...args] = wordsOfCommand();
  const server = { command, args: [...args, "lsp"], transport: TransportKind.stdio };
  client = new LanguageClient("vrsky", "VRSky", server, {
    documentSelector: [
      { scheme: "file", language: "yaml" },
      { scheme: "file", language: "json", pattern: "**/contracts/**" },
    ],
  });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    window.showErrorMessage(`VRSky: \`${[command, ...args].join(" ")} lsp\` does not start. ${error.message}`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function writeSchemas() {
  const [found] = await workspace.findFiles("**/vrsky.yaml", "**/node_modules/**", 1);
  if (found === undefined) return window.showErrorMessage("VRSky: there is no vrsky.yaml in what is open.");
  const [command, ...args] = wordsOfCommand();
  const folder = found.with({ path: found.path.replace(/\/[^/]*$/, "") }).fsPath;
  const child = spawn(command, [...args, "schema", "--write", folder], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  child.once("error", ({ message }) => window.showErrorMessage(`VRSky: ${message}`));
  child.once("close", (code) =>
    code === 0
      ? window.showInformationMessage(`VRSky: ${said.trim()}`)
      : window.showErrorMessage(`VRSky: ${said.trim()}`),
  );
}

module.exports = { activate, deactivate };
