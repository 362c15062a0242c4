import os

while True:
    os.write(1, b'spam' * 4096)
    os.write(2, b'spam' * 4096)
