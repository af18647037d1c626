"""`--jobs`: a run shared out to several processes, which writes and says to the byte what one process does.

`crew` are the processes, and `tray` is how they hand large bytes over; `errands` has their results in order. `sharing`
and `shares` convert segments of a stream, `counts` counts them, `look_ahead` matches in them what a checker will ask
for, `apart` checks whole files.
"""
