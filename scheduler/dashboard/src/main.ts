// The dashboard.
import { Page } from "./page";
import { applyTheme } from "./ui/theme";

applyTheme();
new Page().start();
