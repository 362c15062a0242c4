held = []
print('go', flush=True)
while True:
    held.append(bytearray(10_000_000))
