// A whole browser that can be killed like a machine that loses its power: no process of it gets a word in.
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { CHROME, FLAGS, pause } from "./lab.mjs";

const HEADLESS = ["--headless=new", "--disable-gpu", "--disable-crash-reporter", "--no-default-browser-check", "--password-store=basic", "--remote-debugging-port=0"];

/** Chromium over a profile; `killed()` resolves when the last of its processes is gone. */
export function chromium(profile, address) {
  const child = spawn(CHROME, [...HEADLESS, ...FLAGS, `--user-data-dir=${profile}`, address], { detached: true, stdio: "ignore" });
  const killed = async () => {
    for (let left = [child.pid]; left.length; left = processes(profile)) {
      for (const pid of left) kill(pid);
      await pause(20);
    }
  };
  return { killed };
}

/** Every process that was started with this profile, wherever it has put itself. */
function processes(profile) {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && commandOf(name).includes(profile)).map(Number);
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // gone meanwhile
  }
}

function kill(pid) {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, "SIGKILL");
    } catch {
      // gone already, or no group of its own
    }
  }
}
