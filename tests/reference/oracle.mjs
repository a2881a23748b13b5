// alphaTab as a service: one JSON request a line in, one JSON answer a line out, in order.
//
//   {"text": "3.3", "want": ["score", "format"]}  →  {"verdict": "OK", "diagnostics": [], "score": {…}, "format": "…"}
//   {"path": "a.gp5"}                             →  {"verdict": "OK", "diagnostics": [], "text": "\\title …"}
//
// verdict: OK (a score results), ERR (rejected with diagnostics), CRASH (alphaTab threw something else; see "message").
// diagnostics: [stage "L" | "P" | "S", code, severity 0 hint | 1 warning | 2 error, start, end] in code points.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as alphaTab from "@coderline/alphatab";
import { scoreOf } from "./score.mjs";

alphaTab.Logger.logLevel = alphaTab.LogLevel.None;

const INDENT = 0; // one line, blanks between the parts

function settings() {
  const result = new alphaTab.Settings();
  result.exporter.indent = INDENT;
  return result;
}

function diagnosticsOf(importer) {
  const bags = { L: importer.lexerDiagnostics, P: importer.parserDiagnostics, S: importer.semanticDiagnostics };
  return Object.entries(bags).flatMap(([stage, bag]) =>
    (bag?.items ?? []).map((item) => [
      stage,
      item.code,
      item.severity,
      item.start?.offset ?? null,
      item.end?.offset ?? null,
    ]),
  );
}

function isRejection(error) {
  const { AlphaTexErrorWithDiagnostics, UnsupportedFormatError } = alphaTab.importer;
  return error instanceof AlphaTexErrorWithDiagnostics || error instanceof UnsupportedFormatError;
}

function read(text) {
  const importer = new alphaTab.importer.AlphaTexImporter();
  importer.initFromString(text, new alphaTab.Settings());
  try {
    const score = importer.readScore();
    return { answer: { verdict: "OK", diagnostics: diagnosticsOf(importer) }, score };
  } catch (error) {
    const diagnostics = diagnosticsOf(importer);
    const rejected = isRejection(error) && diagnostics.some(([, , severity]) => severity === 2);
    return { answer: { verdict: rejected ? "ERR" : "CRASH", diagnostics, message: String(error.message ?? error) } };
  }
}

function exported(score) {
  return new alphaTab.exporter.AlphaTexExporter().exportToString(score, settings());
}

const extras = { score: scoreOf, format: exported };

function answerText({ text, want = [] }) {
  const { answer, score } = read(text);
  if (score) for (const name of want) answer[name] = extras[name](score);
  return answer;
}

function answerPath({ path }) {
  const bytes = new Uint8Array(readFileSync(path));
  const score = alphaTab.importer.ScoreLoader.loadScoreFromBytes(bytes, new alphaTab.Settings());
  return { verdict: "OK", diagnostics: [], text: exported(score) };
}

function answerTo(request) {
  try {
    return "path" in request ? answerPath(request) : answerText(request);
  } catch (error) {
    return { verdict: "CRASH", diagnostics: [], message: String(error.message ?? error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answerTo(JSON.parse(line)))}\n`);
}
