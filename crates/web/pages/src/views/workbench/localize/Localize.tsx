import "./localize.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import { get, type Query } from "../../../api/client";
import type { Localization, Session } from "../../../api/types";
import { usePicture } from "../../../shell/picture";
import { Found } from "./Found";
import { LocalizeForm } from "./LocalizeForm";
import { useLocated } from "./located";
import { useForm } from "./wish";

/** Localization by hand: sliders on the left, the mask over the picture, and the stages that led to it. */
export function Localize({ session }: { session: Session }) {
  const { picture, missing } = usePicture();
  const [known, setKnown] = useState<Localization | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const closing = new AbortController();
    get<Localization>("/api/localization", undefined, closing.signal).then(
      (answer) => {
        setKnown(answer);
        setFailure(null);
      },
      (error: Error) => !closing.signal.aborted && setFailure(error.message),
    );
    return () => closing.abort();
  }, [session]);

  const form = useForm(known);
  const wish = useMemo<Query | null>(
    () =>
      known && picture && form.preset
        ? { picture: picture.id, target: form.target, preset: form.preset.name, ...form.changed }
        : null,
    [known, picture?.id, form.target, form.preset, form.changed],
  );
  const { located, of, error, busy } = useLocated(session, wish);

  return (
    <div class="localize">
      {known ? <LocalizeForm session={session} known={known} form={form} /> : <div />}
      <Found
        located={located}
        of={of}
        picture={picture && picture.id === of?.picture ? picture : null}
        busy={busy}
        error={failure ?? error ?? (missing ? "This picture is no longer here; choose another one above." : null)}
      />
    </div>
  );
}
