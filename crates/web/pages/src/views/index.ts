import type { ComponentType } from "preact";
import type { Session } from "../api/types";
import { Live } from "./live/Live";
import { Network } from "./network/Network";
import { Workbench } from "./workbench/Workbench";

export type View = { name: string; title: string; component: ComponentType<{ session: Session }> };

export const VIEWS: View[] = [
  { name: "live", title: "Live", component: Live },
  { name: "network", title: "Network", component: Network },
  { name: "workbench", title: "Workbench", component: Workbench },
];
