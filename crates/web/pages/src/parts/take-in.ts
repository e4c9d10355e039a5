import { addPicture } from "../api/pictures";
import { setLink } from "../shell/link";
import { problem } from "../shell/problem";

/** Takes pictures in that are dropped on the page or pasted. A pane with `data-takes` names the setting its pictures go to. */
export function listenForPictures(): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  addEventListener(
    "dragover",
    (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      document.documentElement.dataset.dropping = "";
    },
    { signal },
  );
  addEventListener(
    "dragleave",
    (event) => {
      if (event.relatedTarget === null) delete document.documentElement.dataset.dropping;
    },
    { signal },
  );
  addEventListener(
    "drop",
    (event) => {
      delete document.documentElement.dataset.dropping;
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      const pane = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-takes]") : null;
      void takeFiles(event.dataTransfer.files, pane?.dataset.takes);
    },
    { signal },
  );
  addEventListener(
    "paste",
    (event) => {
      const files = event.clipboardData?.files;
      if (files?.length) void takeFiles(files);
    },
    { signal },
  );
  return () => listening.abort();
}

/** Sends the files and chooses the last one that the server could read. */
export async function takeFiles(files: Iterable<File>, setting = "picture"): Promise<boolean> {
  let taken = false;
  problem.set("");
  for (const file of files) {
    try {
      const { id } = await addPicture(file, file.name);
      setLink(setting === "picture" ? { picture: id, camera: null } : { [setting]: id });
      taken = true;
    } catch (error) {
      problem.set(`${file.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return taken;
}
