"""Draws what scripts/bench has measured, as SVG with gnuplot: throughput against message size, latency percentiles, goodput under loss, CPU
time against the number of idle connections. A file is drawn when the JSON has rows for it."""
import json
import os
import re
import statistics
import subprocess

COLOURS = {"zsock": "#0060ad", "kernel": "#dd6618"}
DASHES = {"send": 1, "fetch": 2}


def plot(directory, files):
    rows = []
    for name in files:
        with open(name, encoding="utf-8") as file:
            rows += json.load(file)
    os.makedirs(directory, exist_ok=True)
    for name, draw in (("throughput", throughput), ("latency", latency), ("goodput", goodput), ("connections", connections)):
        script = draw(rows)
        if script is None:
            print(f"{name}.svg: no rows")
            continue
        path = os.path.join(directory, f"{name}.svg")
        subprocess.run(["gnuplot"], input=script.replace("OUTPUT", path), text=True, check=True)
        print(path)
    return 0


def found(rows, pattern):
    """(match, row) of the rows whose case fits."""
    matches = ((re.fullmatch(pattern, row.get("case", "")), row) for row in rows)
    return [(match, row) for match, row in matches if match]


def head(width, height, *lines):
    return "\n".join((f"set terminal svg size {width},{height} font 'sans-serif,12' background '#ffffff'", "set output 'OUTPUT'", "set grid lc rgb '#dddddd'",
                      "set border lc rgb '#666666'", "set key opaque box lc rgb '#dddddd'", *lines)) + "\n"


def series(blocks, style="yerrorlines"):
    """gnuplot's data blocks and the plot command over them. blocks: (title, colour, dash, points); a point is x, y, least, most."""
    text, commands = "", []
    for number, (title, colour, dash, points) in enumerate(blocks):
        text += f"$d{number} << E\n" + "".join(" ".join(map(str, point)) + "\n" for point in sorted(points)) + "E\n"
        commands.append(f"$d{number} using 1:2:3:4 with {style} lc rgb '{colour}' dt {dash} pt {5 + 2 * (dash - 1)} ps 0.6 title '{title}'")
    return text + "plot " + ", ".join(commands) + "\n"


def point(x, row, side):
    values = [pair[side == "kernel"] for pair in row["rounds"]]
    return x, statistics.median(values), min(values), max(values)


def by_direction(matches, x):
    """Four lines: both sides, both directions. The first group of a match is the direction."""
    return [(f"{side}, {mode}", COLOURS[side], DASHES[mode], [point(x(match), row, side) for match, row in matches if match[1] == mode])
            for side in COLOURS for mode in DASHES]


def throughput(rows):
    matches = found(rows, r"bulk (send|fetch), calls of (\d+)")
    if not matches:
        return None
    ticks = "'64 B' 64, '1 KiB' 1024, '16 KiB' 16384, '128 KiB' 131072, '1 MiB' 1048576"
    return head(640, 400, "set title 'Throughput of one stream'", "set logscale x 2", "set xrange [45:1500000]", f"set xtics ({ticks})",
                "set xlabel 'octets per call'", "set ylabel 'Gbit/s'", "set yrange [0:]", "set key below nobox", "set bmargin 6") + series(
                    by_direction(matches, lambda match: int(match[2])))


def latency(rows):
    matches = found(rows, r"request/response (\d+), (all CPUs|one CPU), (median|p99|p99\.9)")
    if not matches:
        return None
    places = {"median": 0, "p99": 1, "p99.9": 2}
    blocks = []
    for number, (size, where) in enumerate(dict.fromkeys((match[1], match[2]) for match, _ in matches)):
        for side, colour in COLOURS.items():
            points = [point(places[match[3]], row, side) for match, row in matches if match[1] == size and match[2] == where]
            blocks.append((f"{side}, {size} octet{'s' if size != '1' else ''}, {where}", colour, number + 1, points))
    return head(860, 440, "set title 'Round trip of a request and its answer'", "set logscale y", "set xrange [-0.2:2.2]",
                "set xtics ('median' 0, '99 %%' 1, '99.9 %%' 2)", "set xlabel 'percentile'", "set ylabel 'µs'",
                "set key outside right top nobox") + series(blocks)


def goodput(rows):
    rows = [row for row in rows if str(row.get("fault", "")).startswith("loss")]
    if not rows:
        return None
    rtts = list(dict.fromkeys(row["rtt"] for row in rows))
    text = head(300 * len(rtts) + 40, 340, "set multiplot layout 1," + str(len(rtts)) + " title 'Goodput under loss, link of 100 Mbit/s'", "set logscale xy",
                "set xrange [0.07:4.5]", "set yrange [0.5:150]", "set xtics ('0.1 %%' 0.1, '1 %%' 1, '3 %%' 3)", "set xlabel 'frames lost'", "set key bottom left")
    for number, rtt in enumerate(rtts):
        blocks = []
        for side, colour in COLOURS.items():
            for mode, dash in DASHES.items():
                points = [(float(row["fault"].split()[1]), statistics.median(row["all"][side]), min(row["all"][side]), max(row["all"][side]))
                          for row in rows if row["rtt"] == rtt and row["direction"] == mode]
                blocks.append((f"{side}, {mode}", colour, dash, points))
        text += f"set title 'round trip {rtt}'\n" + ("set ylabel 'Mbit/s'\n" if number == 0 else "unset ylabel\nunset key\n") + series(blocks)
    return text + "unset multiplot\n"


def connections(rows):
    matches = found(rows, r"bulk (send|fetch) beside ([\d,]+) idle connections, CPU")
    if not matches:
        return None
    return head(640, 400, "set title 'CPU time of daemon, client and server beside idle connections'", "set logscale x 10", "set xrange [7:15000]",
                "set xlabel 'idle connections'", "set ylabel 'CPU seconds per GB'", "set yrange [0:]", "set key below nobox", "set bmargin 6") + series(
                    by_direction(matches, lambda match: int(match[2].replace(",", ""))))
