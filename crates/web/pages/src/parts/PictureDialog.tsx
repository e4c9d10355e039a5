import "./picture-dialog.css";
import type { ComponentChildren } from "preact";
import { pictures, removePicture, thumbnail } from "../api/pictures";
import { useStore } from "../api/store";
import type { Picture, Session } from "../api/types";
import { goTo, setLink, useLink } from "../shell/link";
import { usePicture } from "../shell/picture";
import { problem } from "../shell/problem";
import { CAMERA_REFUSAL, cameraAllowed } from "./camera";
import { Dialog } from "./Dialog";
import { takeFiles } from "./take-in";

type Props = { session: Session; onClose: () => void };

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

export function PictureDialog({ session, onClose }: Props) {
  const { pictures: shared, own } = useStore(pictures);
  const { limits } = session;
  const told = useStore(problem);
  const choose = (id: string) => {
    setLink({ picture: id, camera: null });
    onClose();
  };
  return (
    <Dialog title="Pictures" onClose={onClose}>
      <div class="picture-sources">
        <label class="file-button">
          <input
            type="file"
            accept="image/*"
            multiple
            onChange={async (event) => {
              if (await takeFiles(event.currentTarget.files ?? [])) onClose();
            }}
          />
          Open files…
        </label>
        <button
          disabled={!cameraAllowed()}
          onClick={() => {
            goTo("live", { camera: 1 });
            onClose();
          }}
        >
          Use the webcam
        </button>
        <span class="quiet">or drop or paste a picture anywhere on the page</span>
      </div>
      {told && <p class="problem">{told}</p>}
      <p class="quiet">
        {cameraAllowed() ? "Webcam frames go to the inscape server alone and are never stored." : CAMERA_REFUSAL}
      </p>
      {own.length > 0 && (
        <Shelf title="Yours" pictures={own} onChoose={choose} onRemove={(id) => void remove(id)}>
          Only this browser sees them. They stay in the server's memory, at most {limits.own_pictures} of up to{" "}
          {megabytes(limits.picture_bytes)}, and are dropped when unused for {limits.minutes} minutes.
        </Shelf>
      )}
      {shared.length > 0 && <Shelf title="The server's" pictures={shared} onChoose={choose} />}
    </Dialog>
  );
}

async function remove(id: string): Promise<void> {
  try {
    await removePicture(id);
  } catch (error) {
    problem.set(error instanceof Error ? error.message : String(error));
  }
}

type ShelfProps = {
  title: string;
  pictures: Picture[];
  onChoose: (id: string) => void;
  onRemove?: (id: string) => void;
  children?: ComponentChildren;
};

function Shelf({ title, pictures: shown, onChoose, onRemove, children }: ShelfProps) {
  const link = useLink();
  const { picture } = usePicture();
  const chosen = link.get("camera") ? null : picture?.id;
  return (
    <section class="shelf">
      <h3>{title}</h3>
      {children && <p class="quiet">{children}</p>}
      <ul>
        {shown.map(({ id, name, width, height }) => (
          <li key={id}>
            <button
              class="shelf-picture"
              aria-pressed={id === chosen}
              title={width && height ? `${name}, ${width}×${height}` : name}
              onClick={() => onChoose(id)}
            >
              <img src={thumbnail(id)} alt="" loading="lazy" />
              <span>{name}</span>
            </button>
            {onRemove && (
              <button class="shelf-remove" aria-label={`Remove ${name}`} title="Remove" onClick={() => onRemove(id)}>
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
