import { connection } from "../api/session";
import { useStore } from "../api/store";
import { problem } from "./problem";

/** What concerns the whole page: no connection, a link that ran out, a picture that was refused. */
export function Banner() {
  const { state, session, message } = useStore(connection);
  const told = useStore(problem);
  return (
    <div class="banners" role="status">
      {state === "lost" && (
        <p class="banner">
          {session ? "The server does not answer; reconnecting…" : `Looking for the server… ${message}`} The page keeps its place.
        </p>
      )}
      {state === "refused" && <p class="banner">{message} Ask for the link to these pages again.</p>}
      {told && (
        <p class="banner">
          {told} <button onClick={() => problem.set("")}>Dismiss</button>
        </p>
      )}
    </div>
  );
}
