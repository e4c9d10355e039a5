export const CAMERA_REFUSAL =
  "Browsers give a webcam only to pages from localhost or over TLS: open this page as http://localhost:…, or start the server with --tls CERT KEY.";

export const cameraAllowed = () => window.isSecureContext && "mediaDevices" in navigator;

/** The longest side of a frame: more than any common network sees. */
const LONGEST = 480;

/** The webcam. Frames exist here and in the one request that carries them. */
export class Camera {
  #video = document.createElement("video");
  #canvas = document.createElement("canvas");
  #stream: MediaStream;

  private constructor(stream: MediaStream) {
    this.#stream = stream;
    this.#video.muted = true;
    this.#video.playsInline = true;
    this.#video.srcObject = stream;
  }

  static async open(): Promise<Camera> {
    if (!cameraAllowed()) throw new Error(CAMERA_REFUSAL);
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, facingMode: "user" } });
    } catch (error) {
      throw new Error(refusal(error));
    }
    const camera = new Camera(stream);
    await camera.#video.play();
    return camera;
  }

  async frame(): Promise<Blob> {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#canvas.getContext("2d")!.drawImage(this.#video, 0, 0, this.#canvas.width, this.#canvas.height);
    return new Promise((done, failed) =>
      this.#canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The webcam gave no picture."))), "image/jpeg", 0.9),
    );
  }

  close(): void {
    for (const track of this.#stream.getTracks()) track.stop();
    this.#video.srcObject = null;
  }
}

function refusal(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "The browser was not allowed to use the webcam; allow it for this page in the browser's settings.";
  if (name === "NotFoundError") return "There is no webcam.";
  if (name === "NotReadableError") return "The webcam is in use by another program.";
  return `The webcam could not be opened: ${error instanceof Error ? error.message : error}`;
}
