import { ApiError, del, get, post } from "./client";
import { Store } from "./store";
import type { Picture, PictureLists } from "./types";

export const pictures = new Store<PictureLists>({ pictures: [], own: [] });

/** The bytes of this page's own pictures, to send again when the server was restarted or dropped them. */
const held = new Map<string, { blob: Blob; name: string }>();

export const thumbnail = (id: string) => `/api/pictures/${encodeURIComponent(id)}/thumbnail`;

export async function addPicture(blob: Blob, name: string): Promise<Picture> {
  const picture = await post<Picture>("/api/pictures", { name }, blob);
  held.set(picture.id, { blob, name });
  const { pictures: shared, own } = pictures.value;
  pictures.set({ pictures: shared, own: [...own.filter(({ id }) => id !== picture.id), picture] });
  return picture;
}

export async function removePicture(id: string): Promise<void> {
  held.delete(id);
  await del(`/api/pictures/${encodeURIComponent(id)}`);
  await refreshPictures();
}

export async function refreshPictures(): Promise<void> {
  pictures.set(await get<PictureLists>("/api/pictures"));
}

/** Sends a picture again that the server no longer has; false when its bytes are not here. */
export async function recallPicture(id: string): Promise<boolean> {
  const kept = held.get(id);
  if (!kept) return false;
  await addPicture(kept.blob, kept.name);
  return true;
}

export async function recallMissing(known: PictureLists): Promise<void> {
  const there = new Set(known.own.map(({ id }) => id));
  for (const id of held.keys()) {
    if (there.has(id)) continue;
    try {
      await recallPicture(id);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 0) throw error;
      held.delete(id);
    }
  }
}
