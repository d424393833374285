/** Starts the console in the page. */
import "@ucc/ui/tokens.css";
import "@ucc/ui/base.css";
import "./language.svelte";
import { mount } from "svelte";
import App from "./App.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");
mount(App, { target });
