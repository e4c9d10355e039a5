import { render } from "preact";
import { connect } from "./api/session";
import { Frame } from "./shell/Frame";

connect();
render(<Frame />, document.getElementById("app")!);
