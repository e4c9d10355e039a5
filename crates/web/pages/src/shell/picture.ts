import { pictures } from "../api/pictures";
import { useStore } from "../api/store";
import type { Picture } from "../api/types";
import { useLink } from "./link";

/**
 * The picture the address names, or the first when it names none. `missing`: it names one that is not (or no longer) here; own
 * pictures live in the server's memory only.
 */
export function usePicture(): { picture: Picture | null; missing: boolean; all: Picture[] } {
  const { get } = useLink();
  const { pictures: shared, own } = useStore(pictures);
  const all = [...own, ...shared];
  const named = get("picture");
  if (named === null) return { picture: shared[0] ?? own[0] ?? null, missing: false, all };
  const picture = all.find(({ id }) => id === named) ?? null;
  return { picture, missing: picture === null, all };
}
