// Bundles the pages into ../assets, which the server embeds. The same sources give the same bytes.
import { copyFile } from "node:fs/promises";
import { build } from "esbuild";

await build({
  entryPoints: { app: "src/main.tsx" },
  outdir: "../assets",
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "eof",
  charset: "utf8",
});
for (const file of ["index.html", "icon.svg"]) await copyFile(`src/${file}`, `../assets/${file}`);
