import { useEffect, useMemo, useState } from "preact/hooks";
import { Camera } from "../../parts/camera";

/** The webcam's frames while it is on; frozen, the last one again and again. */
export type Frames = {
  running: boolean;
  frozen: boolean;
  ready: boolean;
  error: string | null;
  newest: () => Promise<Blob>;
  setFrozen: (frozen: boolean) => void;
};

export function useFrames(wanted: boolean): Frames {
  const [camera, setCamera] = useState<Camera | null>(null);
  const [frozen, setFrozen] = useState(false);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    if (!wanted) return;
    let opened: Camera | null = null;
    let over = false;
    Camera.open().then(
      (open) => {
        opened = open;
        if (over) open.close();
        else setCamera(open);
      },
      (refused: Error) => !over && setError(refused.message),
    );
    return () => {
      over = true;
      opened?.close();
      setCamera(null);
      setFrozen(false);
      setError(null);
    };
  }, [wanted]);

  // One object for the loop that asks, changed in place.
  const frames = useMemo<Frames & { last: Blob | null }>(
    () => ({ running: false, frozen: false, ready: false, error: null, last: null, newest: async () => new Blob(), setFrozen }),
    [],
  );
  frames.ready = camera !== null;
  frames.frozen = frozen;
  frames.running = camera !== null && !frozen;
  frames.error = error;
  frames.newest = async () => {
    if (camera && (!frozen || !frames.last)) frames.last = await camera.frame();
    if (!frames.last) throw new Error("The webcam has not started yet.");
    return frames.last;
  };
  return frames;
}
