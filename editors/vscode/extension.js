// Starts `publish-plan lsp`, and nothing else: what it says is shown by VS Code itself.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** Each file by its name: the language of a topology is YAML, that of the settings may be unknown. */
const PATTERNS = ["**/*.clab.yml", "**/*.clab.yaml", "**/*.publish.yml", "**/*.publish.yaml", "**/publish-plan.toml"];

let client;

async function activate(context) {
  // Of the user, never of a directory: a repository must not say what is run.
  const path = vscode.workspace.getConfiguration("publish-plan").inspect("path");
  const command = path?.globalValue || path?.defaultValue || "publish-plan";
  client = new LanguageClient(
    "publish-plan",
    "publish-plan",
    { command, args: ["lsp"] },
    { documentSelector: PATTERNS.map((pattern) => ({ scheme: "file", pattern })) },
  );
  context.subscriptions.push({ dispose: () => client?.stop() });
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(`publish-plan: cannot run \`${command} lsp\`: ${error.message}. Install publish-plan, or set "publish-plan.path" in your user settings.`);
  }
}

async function deactivate() {
  await client?.stop();
}

module.exports = { activate, deactivate };
