package dev.duet.broker.planted;

import java.net.Socket;

record SeesASocket(Socket socket) {}
