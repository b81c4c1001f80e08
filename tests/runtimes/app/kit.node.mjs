import { describe, it } from "node:test";
import { register } from "./kit-register.mjs";

await register({ describe, it });
