"""Slow, obviously correct references: one person at a time, one week at a time, plain Python."""


def cell_code(cell):
    """What one cell of DREAM means: 0 for no benefit, -1 for something that is no code."""
    if cell is None or cell != cell:
        return 0
    text = str(cell).strip()
    if text in ("", ".", "0", "0.0", "00", "000", "nan", "NaN", "NA"):
        return 0
    try:
        number = float(text)
    except ValueError:
        return -1
    return int(number) if number.is_integer() and -32768 <= number <= 32767 else -1


def spells(weeks):
    """Spells of a list of states: (state, first position, last position)."""
    found = []
    for position, state in enumerate(weeks):
        if found and found[-1][0] == state:
            found[-1][2] = position
        else:
            found.append([state, position, position])
    return [tuple(s) for s in found]


def states(codes, group_of, ending, gap):
    """States of one person's codes: groups, censored from the first ending one, short blank gaps filled."""
    out, over = [], False
    for code in codes:
        over = over or group_of(code) in ending
        out.append("censored" if over else group_of(code))
    filled = list(out)
    for state, first, last in spells(out):
        inside = first > 0 and last < len(out) - 1
        if state == "blank" and inside and last - first + 1 <= gap and out[first - 1] == out[last + 1]:
            filled[first : last + 1] = [out[first - 1]] * (last - first + 1)
    return filled


def weeks_after(person, index, spans, wanted):
    """Weeks of one person in a set around the index week: None where a week of the span is not in the file."""
    counts = []
    for low, high in spans:
        span = range(index + low, index + high + 1)
        counts.append(None if any(w not in person for w in span) else sum(person[w] in wanted for w in span))
    if counts[-1] is None:
        return counts, None
    hits = [w - index for w in range(index + spans[-1][0], index + spans[-1][1] + 1) if person[w] in wanted]
    return counts, hits[0] if hits else -1
