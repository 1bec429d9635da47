// The dashboard.
import { Page } from "./page";
import { startTheme } from "./ui/theme";

startTheme();
new Page().start();
