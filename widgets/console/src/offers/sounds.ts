/** The one player of the console's sounds. */
import { Sounds } from "@ucc/core/console/sounds";

export const sounds = new Sounds();
