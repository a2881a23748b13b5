// Reads a JSON array of texts from a file, reads each with alphaTab's full importer once, prints seconds and how many
// were accepted.
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { createRequire } from 'node:module';

const [, , textsFile, modules] = process.argv;
const alphaTab = createRequire(`${modules}/`)('@coderline/alphatab');
const texts = JSON.parse(readFileSync(textsFile, 'utf8'));
const settings = new alphaTab.Settings();
settings.core.logLevel = alphaTab.LogLevel?.None ?? 0;
let accepted = 0;
const start = performance.now();
for (const text of texts) {
    const importer = new alphaTab.importer.AlphaTexImporter();
    importer.initFromString(text, settings);
    try {
        importer.readScore();
        accepted++;
    } catch {
        // a rejected text is not counted
    }
}
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, accepted }));
