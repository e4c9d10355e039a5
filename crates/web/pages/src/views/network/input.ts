import type { Row } from "../../api/types";

/** The network's input itself, whose units are the picture's colors. */
export const isInput = (row: Row) => row.below.length === 0 && row.field === null;
