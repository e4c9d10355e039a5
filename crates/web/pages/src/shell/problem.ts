import { Store } from "../api/store";

/** A plain sentence about what just went wrong and has no pane of its own. */
export const problem = new Store("");
