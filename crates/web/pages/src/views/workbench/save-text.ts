/** Gives a text, or bytes, to the browser as a file to save. */
export function saveText(text: string | Uint8Array<ArrayBuffer>, name: string, type: string): void {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(new Blob([text], { type }));
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

/** A text as a part of a file's name. */
export function stem(text: string): string {
  return text.replace(/[^A-Za-z0-9.]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "image";
}
